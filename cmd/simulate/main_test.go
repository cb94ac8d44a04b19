package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// tiny is a scenario of a second's thought: 8 GPUs, a small model.
const tiny = `title = "a small model on one host"

[model]
name = "tiny"
layers = 4
hidden = 512
heads = 8
vocab = 8192
seq_len = 256

[layout]
tensor = 2
pipeline = 2
data = 2
global_batch = 16

[host]
preset = "dgx-a100"
`

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"simulate": main})
}

func TestScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("scripts run whole simulations")
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code":    exits,
			"signals": signals,
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("NO_COLOR", "1")
			return os.WriteFile(filepath.Join(env.WorkDir, "tiny.toml"), []byte(tiny), 0o644)
		},
		RequireUniqueNames: true,
	})
}

// exits is the script command "code N COMMAND...": run and expect exit code N.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N COMMAND...")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := err.(*exec.ExitError)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if want, err := strconv.Atoi(args[0]); err != nil || got != want {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

// signals is the script command "signals SIGNAL N COMMAND...": run, send the
// signal (2 or 15) after a second, and expect exit code N.
func signals(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: signals SIGNAL N COMMAND...")
	}
	number, err := strconv.Atoi(args[0])
	ts.Check(err)
	path, err := exec.LookPath(args[2])
	ts.Check(err)
	log, err := os.Create(ts.MkAbs("signals.txt"))
	ts.Check(err)
	defer log.Close()
	cmd := exec.Command(path, args[3:]...)
	cmd.Dir, cmd.Stderr = ts.MkAbs("."), log
	ts.Check(cmd.Start())
	time.Sleep(time.Second)
	ts.Check(cmd.Process.Signal(syscall.Signal(number)))
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		_ = cmd.Process.Kill()
		ts.Fatalf("still running 20 s after signal %d", number)
	}
	if got := strconv.Itoa(cmd.ProcessState.ExitCode()); got != args[1] {
		ts.Fatalf("exit code %s, want %s", got, args[1])
	}
}
