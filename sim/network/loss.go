package network

// Goodput returns the share of the rate of a link that delivers, when it loses
// that share p of its packets and what is lost is sent again. A loss costs the
// packet alone (selective repeat, W = 1), or all W packets that are in flight by
// the time it is noticed (go-back-N, as RoCE NICs do):
//
//	(1 − p)/(1 − p + p·W)
//
// Bertsekas and Gallager, Data Networks, 2nd ed. 1992, section 2.4.1: a packet
// takes 1 + W·p/(1−p) transmissions. W is LossWindow; 0 counts as 1.
func (f *Fabric) Goodput(p float64) float64 {
	w := float64(max(1, f.LossWindow))
	return (1 - p) / (1 - p + p*w)
}
