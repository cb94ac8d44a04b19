module trainsim

go 1.26
