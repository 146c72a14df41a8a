"""The figures of Guichet, each a ratio or a count: `make bench`. `docs/performance.md` explains them."""
