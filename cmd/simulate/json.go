package main

import (
	"encoding/json"
	"fmt"
	"io"
)

// printResult prints what a command found, as a document or in words.
func printResult(w io.Writer, asJSON bool, result interface{ Text() string }) error {
	if asJSON {
		return printJSON(w, result)
	}
	fmt.Fprint(w, result.Text())
	return nil
}

// printJSON prints one indented document.
func printJSON(w io.Writer, document any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(document); err != nil {
		return failed(err)
	}
	return nil
}
