// Command simulate simulates transformer training on GPU clusters.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

func main() {
	// A simulation allocates little once it is laid out: a tight collector costs
	// next to nothing and keeps the peak close to what is in use.
	debug.SetGCPercent(12)
	os.Exit(execute(os.Args[1:]))
}

// execute runs one command line and returns the exit code.
func execute(args []string) int {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	ctx, stop := cancelOn(signals, os.Exit)
	defer stop()
	err := carryOut(ctx, args)
	if err != nil {
		fmt.Fprint(os.Stderr, message(err))
	}
	return code(err)
}

// carryOut finds the command and runs it.
func carryOut(ctx context.Context, args []string) (err error) {
	defer catch(&err)
	root := newRoot(os.Stdout, os.Stderr)
	root.SetArgs(args)
	return root.ExecuteContext(ctx)
}
