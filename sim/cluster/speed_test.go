package cluster

import "testing"

func TestSpeed(t *testing.T) {
	slow := SpeedOf(0.9)
	if slow != 900_000 || SpeedOf(1) != Nominal || SpeedOf(1e-9) != 1 {
		t.Errorf("speeds %d, %d, %d", slow, SpeedOf(1), SpeedOf(1e-9))
	}
	if got := slow.Times(800_000); got != 720_000 {
		t.Errorf("90 %% of 80 %% is %d", got)
	}
	if got := Speed(1).Times(1); got != 1 {
		t.Errorf("the product of the lowest speeds is %d, want 1", got)
	}
}
