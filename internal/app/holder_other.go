//go:build !linux

package app

// PortHolder cannot tell on this system.
func PortHolder(string) string { return "" }
