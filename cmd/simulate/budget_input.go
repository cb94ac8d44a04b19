package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"trainsim/sim/budget"
	"trainsim/sim/scenario"
)

// amount is a large number: 1e12, 405B, 1.5T.
type amount float64

var amountUnits = map[string]float64{"": 1, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}

func (a *amount) Set(text string) error {
	number := strings.TrimRight(strings.TrimSpace(text), "KMBT")
	unit, ok := amountUnits[strings.TrimSpace(text)[len(number):]]
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if v *= unit; err != nil || !ok || !(v >= 1 && v <= 1e21) {
		return errors.New("allowed: a number from 1 to 1e21, such as 1e12, 405B or 1.5T")
	}
	*a = amount(v)
	return nil
}

func (a *amount) String() string {
	if *a == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(*a), 'g', -1, 64)
}
func (a *amount) Type() string { return "number" }

// amend puts what flags say over prices and site.
func (o *budgetOptions) amend(p *budget.Plan) error {
	p.MFU, p.Goodput, p.Boundary = o.mfu, o.goodput, budget.Boundary(o.edge)
	if o.price > 0 {
		p.Prices.Rent = o.price
	}
	if o.pue > 0 {
		p.Site.PUE = o.pue
	}
	if err := setGrid(p, o.grid); err != nil {
		return err
	}
	return setElectricity(p, o.electricity)
}

// setGrid reads a country, an intensity in g/kWh, or a file of them.
func setGrid(p *budget.Plan, text string) error {
	if text == "" {
		return nil
	}
	if site, ok := scenario.ReadPreset[budget.Site]("site", strings.ToLower(text)); ok {
		p.Site.Name, p.Site.Carbon, p.Site.Electricity = site.Name, site.Carbon, site.Electricity
		return nil
	}
	if g, err := strconv.ParseFloat(text, 64); err == nil && g >= 0 && g <= 1e5 {
		p.Site.Carbon = budget.Hourly{g / 1000}
		return nil
	}
	series, err := scenario.ReadHourly("site.carbon", text)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("--grid is %q; allowed: a country (%s), g of CO2e per kWh, or a CSV file of them by the hour",
			text, strings.Join(scenario.Presets("site"), ", "))
	}
	p.Site.Carbon = series
	return err
}

// setElectricity reads a price in $/kWh, or a file of them.
func setElectricity(p *budget.Plan, text string) error {
	if text == "" {
		return nil
	}
	if usd, err := strconv.ParseFloat(text, 64); err == nil && usd >= 0 && usd <= 1e3 {
		p.Site.Electricity = budget.Hourly{usd}
		return nil
	}
	series, err := scenario.ReadHourly("site.electricity", text)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("--electricity is %q; allowed: $ per kWh, or a CSV file of them by the hour", text)
	}
	p.Site.Electricity = series
	return err
}

// deliveries reads batches "N@WEEKS".
func deliveries(list []string) ([]budget.Delivery, error) {
	var batches []budget.Delivery
	for _, text := range list {
		n, week, _ := strings.Cut(text, "@")
		gpus, err := strconv.ParseFloat(n, 64)
		weeks, err2 := strconv.ParseFloat(week, 64)
		if err != nil || err2 != nil || !(gpus >= 1 && gpus <= 1e9) || !(weeks >= 0 && weeks <= 1000) {
			return nil, fmt.Errorf("--delivery has %q; allowed: GPUs@weeks after the order, such as 4096@12", text)
		}
		batches = append(batches, budget.Delivery{GPUs: gpus, Hour: weeks * 7 * 24})
	}
	return batches, nil
}
