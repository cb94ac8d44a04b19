package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"syscall"

	"trainsim/sim/scenario"
	"trainsim/sim/study"
)

// The exit codes of every command.
const (
	exitDone       = 0
	exitSimulation = 1 // the simulation, or reading or writing files, failed
	exitUsage      = 2 // the command line or a scenario is wrong
	exitIncomplete = 3 // a sweep has points that failed or are missing
	exitBound      = 4 // a stated bound was missed
	exitInterrupt  = 130
	exitTerminate  = 143
)

const exitHelp = `Exit codes: 0 done, 1 the simulation failed, 2 wrong usage or scenario, 3 sweep
incomplete, 4 a stated bound missed, 130 interrupted, 143 terminated.`

// failure is an error with the exit code that it means.
type failure struct {
	code int
	err  error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// failed says that doing what was asked went wrong.
func failed(err error) error { return &failure{exitSimulation, err} }

// misused says that what was asked is wrong.
func misused(err error) error { return &failure{exitUsage, err} }

// bug is a panic that was caught: a mistake of ours, never of the user.
type bug struct {
	value any
	stack []byte
}

func (b *bug) Error() string {
	return fmt.Sprintf("a mistake in simulate itself, please report it with your scenario: %v\n\n%s", b.value, b.stack)
}

// catch turns a panic into an error; it is deferred.
func catch(err *error) {
	if r := recover(); r != nil {
		*err = failed(&bug{r, debug.Stack()})
	}
}

// interrupted is the cause of a context that a signal ended.
type interrupted struct{ signal os.Signal }

func (i interrupted) Error() string {
	if i.signal == syscall.SIGTERM {
		return "terminated; nothing half done was left behind"
	}
	return "interrupted; nothing half done was left behind"
}

func (i interrupted) code() int {
	if i.signal == syscall.SIGTERM {
		return exitTerminate
	}
	return exitInterrupt
}

// cancelOn returns a context that the first signal ends, with interrupted as
// its cause. The second signal calls exit at once.
func cancelOn(signals <-chan os.Signal, exit func(int)) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	done := make(chan struct{})
	go func() {
		for {
			select {
			case s := <-signals:
				if ctx.Err() != nil {
					exit(interrupted{s}.code())
				}
				cancel(interrupted{s})
			case <-done:
				return
			}
		}
	}()
	return ctx, func() { close(done) }
}

// code returns the exit code of an error. What no command marked comes from
// reading the command line.
func code(err error) int {
	var i interrupted
	var f *failure
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &i):
		return i.code()
	case errors.As(err, &f):
		return f.code
	}
	return exitUsage
}

// message returns what is printed for an error: diagnostics as they are, one a
// line, so that editors find the place, then one line of ours.
func message(err error) string {
	var mistakes scenario.Errors
	var table study.TableErrors
	switch {
	case errors.As(err, &mistakes):
		return fmt.Sprintf("%s\nsimulate: %s\n", mistakes.Error(), count(len(mistakes), "mistake"))
	case errors.As(err, &table):
		return fmt.Sprintf("%s\nsimulate: %s\n", table.Error(), count(len(table), "mistake"))
	}
	return "simulate: " + strings.TrimSpace(err.Error()) + "\n"
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
