package workload

func divide(m Model, l Layout) []error { return nil }
