package main

import (
	"encoding/json"
	"io"
)

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
