// Package run simulates all of training: steps, checkpoints, failures, repairs
// and restarts, as events over months. It knows hosts and counts, not what a
// step is made of: how long one takes in a state of health it asks a [Steps].
//
// # Basics
//
// A [Spec] says what is to be done, on how many hosts, what fails how often and
// what happens then. [Simulate] plays it once, for one seed, and returns an
// [Outcome]: when it ended, and a bucket for every nanosecond and joule. All
// draws are hashes of (seed, entity, purpose, number): two specs that differ in
// a checkpoint interval see the same failures at the same times.
//
// # Caveats
//
// Whole steps between two events are counted, not simulated one by one; only a
// spec with noise draws each. A part that becomes slow or well during a step
// changes the next one. What ends at an instant has ended for whatever else
// happens then: a checkpoint whose last byte is written when a host fails is
// durable.
package run
