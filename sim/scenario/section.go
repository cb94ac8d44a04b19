package scenario

import "reflect"

// section is a top-level key of a scenario that has keys of its own.
type section struct {
	field
	presets  bool   // preset = "…" is allowed
	named    bool   // the struct has a Name that is no key: name = "…" or the preset gives it
	required string // what to write where the section is missing
	long     bool   // of a long run only
}

// topLevel are the keys of a scenario, in the order in which they are written;
// sections those that are tables, but for meta, which is free.
var (
	topLevel = fieldsOf(reflect.TypeFor[Sections]())
	sections = sectionsOf(topLevel)
)

// meta is the free section.
const meta = "meta"

func sectionsOf(fields []field) []section {
	presets := map[string]bool{"model": true, "gpu": true, "host": true, "network": true, "failures": true, "prices": true, "site": true, "cooling": true}
	long := map[string]bool{"failures": true, "checkpoint": true, "recovery": true, "repair": true, "lemons": true,
		"straggler": true, "eviction": true, "replicas": true, "delivery": true}
	required := map[string]string{
		"model":  `write [model] with preset = "gpt3-175b", or with layers, hidden, heads, vocab, seq_len`,
		"layout": "write [layout] with tensor, pipeline, micro_batch and global_batch",
		"host":   `say what the machine is, for example [host] with preset = "dgx-a100"`,
	}
	var out []section
	for _, f := range fields {
		if f.table == nil {
			continue
		}
		s := section{field: f, presets: presets[f.key], required: required[f.key], long: long[f.key]}
		if name, ok := elementOf(f.typ).FieldByName("Name"); ok && s.presets {
			s.named = name.Tag.Get("toml") == ""
		}
		out = append(out, s)
	}
	return out
}

// sectionOf returns the section of that name, or nil.
func sectionOf(key string) *section {
	for i := range sections {
		if sections[i].key == key {
			return &sections[i]
		}
	}
	return nil
}

// implied are the sections that a host preset stands for: a DGX A100 has A100s.
var implied = []string{"gpu", "network"}

// reserved returns the keys of s that are not fields of its struct.
func (s *section) reserved() []string {
	var out []string
	if s.presets {
		out = append(out, "preset")
	}
	if s.named {
		out = append(out, "name")
	}
	return out
}
