"""Bytes by digest: manifests, uploads, backends, retention."""
