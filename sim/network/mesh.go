package network

// hybridCubeRings holds how many rings, each over one link in one direction,
// visit the first n of the eight GPUs of a hybrid cube mesh (hybridCube in the
// tests; NVIDIA DGX-1 with V100, six links of 25 GB/s a GPU). Five GPUs have no
// ring, as the fifth reaches one other only: NCCL builds one chain, which
// all-reduces S by sending S up and down, as 2·4/5 rings would.
var hybridCubeRings = [...]float64{2: 1, 3: 2, 4: 4, 5: 1.6, 6: 2, 7: 4, 8: 6}

// fullMeshRings holds the same of a mesh of all pairs. The n−1 links of a GPU
// part into n−1 rings but where n is 4 or 6 (Tillson 1980), which lack one.
var fullMeshRings = [...]float64{2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 6, 8: 7}

// meshShare returns the share of the links of a GPU that the rings over the
// first g GPUs of a host use: 1 behind a switch.
func (f *Fabric) meshShare(g int) float64 {
	switch {
	case g < 2 || g > 8:
		return 1
	case f.Mesh == "hybrid_cube":
		return hybridCubeRings[g] / 6
	case f.Mesh == "full":
		return fullMeshRings[g] / 7
	}
	return 1
}
