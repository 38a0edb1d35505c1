"""Names that packs import; see `tocsin_pack`."""
