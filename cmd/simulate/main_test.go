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
	testscript.Main(m, map[string]func(){"simulate": simulate})
}

// simulate is main, which makes the file named by WORKED once it has worked for a second:
// however long a busy machine takes to give it that, it is amid its simulation.
func simulate() {
	if name := os.Getenv("WORKED"); name != "" {
		go func() {
			for worked() < time.Second {
				time.Sleep(10 * time.Millisecond)
			}
			_ = os.WriteFile(name, nil, 0o644)
		}()
	}
	main()
}

// worked returns the processor time that this process has taken.
func worked() time.Duration {
	var use syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &use)
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
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

// signals is the script command "signals SIGNAL N FILE COMMAND...": run, send the
// signal (2 or 15) once there is such a file, which may be a pattern, and expect exit
// code N. The file "worked" is there once the command has worked for a second.
func signals(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: signals SIGNAL N FILE COMMAND...")
	}
	number, err := strconv.Atoi(args[0])
	ts.Check(err)
	path, err := exec.LookPath(args[3])
	ts.Check(err)
	log, err := os.Create(ts.MkAbs("signals.txt"))
	ts.Check(err)
	defer log.Close()
	done := ts.MkAbs("worked")
	ts.Check(os.RemoveAll(done))
	cmd := exec.Command(path, args[4:]...)
	cmd.Dir, cmd.Stderr, cmd.Env = ts.MkAbs("."), log, append(os.Environ(), "WORKED="+done)
	ts.Check(cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	waitFor(ts, ts.MkAbs(args[2]), ended)
	ts.Check(cmd.Process.Signal(syscall.Signal(number)))
	<-ended
	if got := strconv.Itoa(cmd.ProcessState.ExitCode()); got != args[1] {
		ts.Fatalf("exit code %s, want %s", got, args[1])
	}
}

// waitFor waits for a file that a command makes before it ends.
func waitFor(ts *testscript.TestScript, pattern string, ended <-chan error) {
	for {
		if files, _ := filepath.Glob(pattern); len(files) > 0 {
			return
		}
		select {
		case err := <-ended:
			ts.Fatalf("it ended, %v, before there was a file %s", err, pattern)
		case <-time.After(time.Millisecond):
		}
	}
}
