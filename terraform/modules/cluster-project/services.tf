# The APIs that clusters need in their project.

resource "google_project_service" "cluster" {
  for_each = toset([
    "artifactregistry.googleapis.com", # machines pull images
    "compute.googleapis.com",          # all that a cluster consists of
    "iam.googleapis.com",              # machines' accounts
    "logging.googleapis.com",          # machines' logs
    "monitoring.googleapis.com",       # machines' metrics
    "secretmanager.googleapis.com",    # clusters' keys
  ])
  project            = var.project
  service            = each.value
  disable_on_destroy = false # others in the project may use it
}
