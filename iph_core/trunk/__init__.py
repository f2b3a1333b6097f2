"""What tells skin from cloth from sky: an ImageNet network that harmonizing and picking share."""
