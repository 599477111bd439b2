# What the cloud says of machines: from each cluster project's audit log of system events to the function machine-event.
# Nothing of that log can be switched off, and reading it costs nothing but what the topic carries.

locals {
  # shared/incidents/log-entry.ts decodes exactly this.
  machine_events_filter = join(" AND ", [
    "log_id(\"cloudaudit.googleapis.com/system_event\")",
    "resource.type=\"gce_instance\"",
    "protoPayload.serviceName=\"compute.googleapis.com\"",
    "protoPayload.methodName=~\"^compute\\.instances\\.\"",
  ])
  # Pub/Sub's own account in this project: it pushes, and moves what nobody takes.
  pubsub_agent = "serviceAccount:service-${data.google_project.control_plane.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_pubsub_topic" "machine_events" {
  project                    = var.project
  name                       = "clusterwright-machine-events"
  message_retention_duration = "86400s" # a day: what is older is ignored (INCIDENT_KEPT_MS in shared/engine/inbox.ts)
  depends_on                 = [google_project_service.control_plane]
}

# Each project's sink writes as an account of its own, which Logging made for it.
resource "google_pubsub_topic_iam_member" "sinks" {
  for_each = module.cluster_project
  project  = var.project
  topic    = google_pubsub_topic.machine_events.name
  role     = "roles/pubsub.publisher" # on this topic alone
  member   = each.value.sink_writer
}

resource "google_pubsub_subscription" "machine_events" {
  project                    = var.project
  name                       = "clusterwright-machine-events"
  topic                      = google_pubsub_topic.machine_events.id
  ack_deadline_seconds       = 60 # the function's own limit
  message_retention_duration = "86400s"
  expiration_policy {
    ttl = "" # quiet weeks are good weeks: it must not expire in one
  }
  push_config {
    push_endpoint = module.environment.urls["machine-event"]
    oidc_token {
      service_account_email = google_service_account.pusher.email
      audience              = module.environment.urls["machine-event"]
    }
  }
  retry_policy {
    minimum_backoff = "1s"
    maximum_backoff = "60s"
  }
  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.machine_events_dead.id
    max_delivery_attempts = 20 # some fifteen minutes
  }
  depends_on = [google_cloudfunctions2_function.http]
}

# What could not be read, or was not taken in time; the function's log has the reason. Kept for somebody to look at.
resource "google_pubsub_topic" "machine_events_dead" {
  project    = var.project
  name       = "clusterwright-machine-events-dead"
  depends_on = [google_project_service.control_plane]
}
resource "google_pubsub_subscription" "machine_events_dead" {
  project                    = var.project
  name                       = "clusterwright-machine-events-dead"
  topic                      = google_pubsub_topic.machine_events_dead.id
  message_retention_duration = "604800s" # the longest: a week
  expiration_policy {
    ttl = ""
  }
}
resource "google_pubsub_topic_iam_member" "dead_letters" {
  project = var.project
  topic   = google_pubsub_topic.machine_events_dead.name
  role    = "roles/pubsub.publisher" # moves dead letters there
  member  = local.pubsub_agent
}
resource "google_pubsub_subscription_iam_member" "dead_letters" {
  project      = var.project
  subscription = google_pubsub_subscription.machine_events.name
  role         = "roles/pubsub.subscriber" # and takes them from here
  member       = local.pubsub_agent
}

# Signs the pushes. It has no role: its tokens are all that it is for.
resource "google_service_account" "pusher" {
  project      = var.project
  account_id   = "clusterwright-pusher"
  display_name = "Clusterwright: pushes of machines' events"
}
resource "google_service_account_iam_member" "pubsub_signs_as_pusher" {
  service_account_id = google_service_account.pusher.name
  role               = "roles/iam.serviceAccountOpenIdTokenCreator" # identity tokens, and nothing else
  member             = local.pubsub_agent
}
