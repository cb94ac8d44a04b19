package report

import "image/color"

// The eight colours of Okabe and Ito, "Color Universal Design" (2008), told
// apart with every common form of colour blindness; here with three greys.
var (
	blue       = rgb(0x0072B2)
	orange     = rgb(0xE69F00)
	green      = rgb(0x009E73)
	vermillion = rgb(0xD55E00)
	purple     = rgb(0xCC79A7)
	sky        = rgb(0x56B4E9)
	yellow     = rgb(0xF0E442)
	black      = rgb(0x000000)

	ink    = rgb(0x1A1A1A) // text
	slate  = rgb(0x4D4D4D) // secondary text, dark marks
	grey   = rgb(0x8C8C8C) // stamp, minor marks
	pale   = rgb(0xD9D9D9) // grid
	mist   = rgb(0xEDEDED) // waits: present, but not to be looked at
	white  = rgb(0xFFFFFF)
	medium = rgb(0xB3B3B3)
)

func rgb(v uint32) color.RGBA {
	return color.RGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 0xFF}
}

// viridisAnchors are matplotlib's viridis (Smith and van der Walt, 2015, CC0)
// at 0, 1/9 … 1.
var viridisAnchors = [...]color.RGBA{
	rgb(0x440154), rgb(0x482878), rgb(0x3E4A89), rgb(0x31688E), rgb(0x26828E),
	rgb(0x1F9E89), rgb(0x35B779), rgb(0x6DCD59), rgb(0xB4DE2C), rgb(0xFDE725),
}

// viridis returns the colour of v, which is cut to 0 … 1; linear in sRGB
// between the anchors.
func viridis(v float64) color.RGBA {
	const last = len(viridisAnchors) - 1
	if !(v > 0) { // not a number is drawn as nothing busy
		return viridisAnchors[0]
	}
	if v >= 1 {
		return viridisAnchors[last]
	}
	i := int(v * float64(last))
	return mix(viridisAnchors[i], viridisAnchors[i+1], v*float64(last)-float64(i))
}

// mix returns the colour a share f of the way from a to b.
func mix(a, b color.RGBA, f float64) color.RGBA {
	at := func(a, b uint8) uint8 { return uint8(float64(a) + f*(float64(b)-float64(a)) + 0.5) }
	return color.RGBA{R: at(a.R, b.R), G: at(a.G, b.G), B: at(a.B, b.B), A: 0xFF}
}

// contrast returns white or ink, whichever reads better on c (Rec. 709 luma).
func contrast(c color.RGBA) color.RGBA {
	if 0.2126*float64(c.R)+0.7152*float64(c.G)+0.0722*float64(c.B) < 130 {
		return white
	}
	return ink
}
