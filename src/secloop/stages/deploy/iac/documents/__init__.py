"""Infrastructure in documents: Kubernetes manifests, Dockerfiles and workflows of GitHub as resources."""
