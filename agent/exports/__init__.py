"""Results on their way out, and bundles of several volunteers on their way in. Nothing here sends anything."""
