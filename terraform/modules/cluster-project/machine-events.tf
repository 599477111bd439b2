# The log sink that hands on what the cloud says of machines, and what machine-event may look at in return.

variable "machine_events_topic" {
  description = "Pub/Sub topic that machines' events are written to: projects/p/topics/t."
  type        = string
}
variable "machine_events_filter" {
  description = "Which entries of the project's logs are machines' events."
  type        = string
}
variable "hearing" {
  description = "IAM member of machine-event."
  type        = string
}

resource "google_logging_project_sink" "machine_events" {
  project                = var.project
  name                   = "clusterwright-machine-events"
  description            = "Host errors, preemptions, maintenance and restarts of machines."
  destination            = "pubsub.googleapis.com/${var.machine_events_topic}"
  filter                 = var.machine_events_filter
  unique_writer_identity = true # an account for this sink alone
  depends_on             = [google_project_service.cluster]
}

output "sink_writer" {
  description = "IAM member that the sink writes as."
  value       = google_logging_project_sink.machine_events.writer_identity
}

resource "google_project_iam_custom_role" "hearing" {
  project     = var.project
  role_id     = "clusterwrightHearing"
  title       = "Clusterwright: whose machine an event is about"
  permissions = ["compute.instances.get"] # its owner's labels and its number, as they are now
  depends_on  = [google_project_service.cluster]
}

resource "google_project_iam_member" "hearing" {
  project = var.project
  role    = google_project_iam_custom_role.hearing.id
  member  = var.hearing
}
