"""What is measured: platforms, targets, endpoints and controls, as versioned data with their sources."""

from agent.catalog.load import CatalogError, load_catalog
from agent.catalog.records import Catalog, Control, Endpoint, Platform, Target

__all__ = ["Catalog", "CatalogError", "Control", "Endpoint", "Platform", "Target", "load_catalog"]
