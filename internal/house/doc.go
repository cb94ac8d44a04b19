// Package house holds the tests that keep the house in order: who may import
// whom, and what code of the simulator may not do.
package house
