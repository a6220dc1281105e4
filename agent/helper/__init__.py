"""The test helper: looks at a site for somebody who cannot, and tells what it saw (docs/helper.md)."""
