"""A version as one thing to carry away: a bundle, or an image. Equal inputs give equal bytes."""
