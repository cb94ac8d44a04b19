package study

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"trainsim/sim/run"
)

// store is a directory of finished replicas, so that a run that is interrupted
// goes on where it was. Each is one file, whole or absent. The zero value keeps
// nothing.
type store struct {
	dir  string // "": nothing is kept
	from string // what replicas are made from: scenario and program
}

// replica is one finished run with the states of health it went through.
type replica struct {
	Outcome *run.Outcome
	States  []state // sorted
}

// kept is what a file of the store holds, after a line with its SHA-256.
type kept struct {
	From   string
	Number int
	replica
}

// newStore returns the store in dir of replicas of a scenario, given in full.
func newStore(dir string, scenario []byte) (store, error) {
	if dir == "" {
		return store{}, nil
	}
	program, err := programSum()
	if err != nil {
		return store{}, fmt.Errorf("finished replicas cannot be kept: %w", err)
	}
	sum := sha256.Sum256(scenario)
	s := store{dir: dir, from: hex.EncodeToString(sum[:]) + " " + program}
	return s, os.MkdirAll(dir, 0o777)
}

// temporary begins the names of files that are not whole yet.
const temporary = ".incomplete-"

// programSum returns the SHA-256 of the running program: replicas of another
// build are simulated anew.
var programSum = sync.OnceValues(func() (string, error) {
	name, err := os.Executable()
	if err != nil {
		return "", err
	}
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), err
})

func (s *store) file(number int) string {
	return filepath.Join(s.dir, fmt.Sprintf("%06d.json", number))
}

// load returns replica number, or nil where there is none, or one that was cut
// short, changed or made from something else.
func (s *store) load(number int) *replica {
	if s.dir == "" {
		return nil
	}
	data, err := os.ReadFile(s.file(number))
	if err != nil {
		return nil
	}
	sum, body, _ := bytes.Cut(data, []byte{'\n'})
	var k kept
	if string(sum) != checksum(body) || json.Unmarshal(body, &k) != nil ||
		k.From != s.from || k.Number != number || k.Outcome == nil {
		return nil
	}
	return &k.replica
}

// save keeps a replica. When it returns, the file is on disk under its name.
func (s *store) save(number int, r *replica) error {
	if s.dir == "" {
		return nil
	}
	body, err := json.Marshal(kept{From: s.from, Number: number, replica: *r})
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(s.dir, temporary)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%s\n%s", checksum(body), body)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), s.file(number))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// tidy deletes a store that has kept nothing.
func (s *store) tidy() {
	if s.dir != "" {
		_ = os.Remove(s.dir) // fails where there is something in it
	}
}

// remove deletes the store: its replicas are in a result now.
func (s *store) remove() error {
	if s.dir == "" {
		return nil
	}
	return os.RemoveAll(s.dir)
}

func checksum(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
