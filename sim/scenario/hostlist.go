package scenario

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// HostList is hosts by number, in order. It is written as a list of numbers, or as
// ranges that end with their second number, "0-3,8", as Slurm writes nodes.
type HostList []int32

var hostListType = reflect.TypeFor[HostList]()

// maxHosts bounds a list.
const maxHosts = 1_000_000

// setHosts stores a list of hosts.
func (f *field) setHosts(v reflect.Value, raw any) *mistake {
	text, ok := raw.(string)
	if !ok {
		return f.setList(v, raw)
	}
	var hosts HostList
	for _, part := range strings.Split(text, ",") {
		first, last, ok := hostRange(strings.TrimSpace(part))
		if !ok {
			return wrong("%q is no range of hosts", part).or(`write "0-3,8" or [0, 1, 2, 3, 8]`)
		}
		if len(hosts)+last-first >= maxHosts {
			return wrong("%q lists more than %d hosts", text, maxHosts)
		}
		for h := first; h <= last; h++ {
			hosts = append(hosts, int32(h))
		}
	}
	v.Set(reflect.ValueOf(hosts))
	return nil
}

// hostRange reads "8", or "0-3", both included.
func hostRange(text string) (first, last int, ok bool) {
	a, b, ranged := strings.Cut(text, "-")
	if !ranged {
		b = a
	}
	first, err1 := strconv.Atoi(strings.TrimSpace(a))
	last, err2 := strconv.Atoi(strings.TrimSpace(b))
	return first, last, err1 == nil && err2 == nil && 0 <= first && first <= last && last < 1<<31
}

// String writes the list as ranges, "" where it is empty.
func (h HostList) String() string {
	var parts []string
	for i := 0; i < len(h); {
		j := i + 1
		for j < len(h) && h[j] == h[j-1]+1 {
			j++
		}
		if j-i > 1 {
			parts = append(parts, fmt.Sprintf("%d-%d", h[i], h[j-1]))
		} else {
			parts = append(parts, strconv.Itoa(int(h[i])))
		}
		i = j
	}
	return strings.Join(parts, ",")
}
