"""Regions of a photo: what a tap, a box or nothing at all means. Knows no network that recolors."""
