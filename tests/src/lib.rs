//! End-to-end tests of `OneRoof`: they start the built binary on port 0 with a temporary data folder and
//! talk to it as agencies and screens do. The browser's part lives in `tests/web`.
