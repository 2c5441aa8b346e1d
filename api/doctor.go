package api

// Doctor is what a look at the installation found.
type Doctor struct {
	Checks []Check `json:"checks"`
}

// Check is one thing that was looked at. Fix says what to do where it is not well.
type Check struct {
	Name    string `json:"name"`
	OK      bool   `json:"ok"`
	Message string `json:"message"`
	Fix     string `json:"fix,omitempty"`
}
