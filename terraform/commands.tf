# Commands by Pub/Sub: a topic, its push to the function maintenance, and a topic for what can never be carried out.

locals {
  # Pub/Sub's own account in the project: it signs pushes, and forwards what was pushed too often.
  push_agent = "serviceAccount:service-${data.google_project.control_plane.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_pubsub_topic" "commands" {
  project                    = var.project
  name                       = "clusterwright-commands"
  message_retention_duration = "604800s" # seven days: a subscription that was lost can be made again without losing one
  depends_on                 = [google_project_service.control_plane]
}

resource "google_pubsub_topic" "commands_dead" {
  project    = var.project
  name       = "clusterwright-commands-dead"
  depends_on = [google_project_service.control_plane]
}

# Signs Pub/Sub's pushes of commands. It has no role: its tokens are all that it is for, and maintenance takes no others.
resource "google_service_account" "commander" {
  project      = var.project
  account_id   = "clusterwright-commander"
  display_name = "Clusterwright: pushes of commands"
}
resource "google_service_account_iam_member" "push_signs_as_commander" {
  service_account_id = google_service_account.commander.name
  role               = "roles/iam.serviceAccountOpenIdTokenCreator" # identity tokens, neither access tokens nor keys
  member             = local.push_agent
}

resource "google_pubsub_subscription" "commands" {
  project                    = var.project
  name                       = "clusterwright-commands"
  topic                      = google_pubsub_topic.commands.id
  ack_deadline_seconds       = 60        # the function's own limit
  message_retention_duration = "604800s" # seven days, the longest
  expiration_policy {
    ttl = "" # a quiet month must not take it away
  }
  push_config {
    push_endpoint = module.environment.urls["maintenance"]
    oidc_token {
      service_account_email = google_service_account.commander.email
      audience              = module.environment.urls["maintenance"]
    }
  }
  retry_policy {
    minimum_backoff = "5s"
    maximum_backoff = "600s"
  }
  # The function buries what it cannot read by itself, with the reason; this is for a function that cannot answer at all.
  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.commands_dead.id
    max_delivery_attempts = 100
  }
  depends_on = [google_cloudfunctions2_function.http]
}

# Dead letters stay until a person has looked: gcloud pubsub subscriptions pull clusterwright-commands-dead.
resource "google_pubsub_subscription" "commands_dead" {
  project                    = var.project
  name                       = "clusterwright-commands-dead"
  topic                      = google_pubsub_topic.commands_dead.id
  message_retention_duration = "2678400s" # 31 days
  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_topic_iam_member" "commands_published_by" {
  for_each = var.command_publishers
  project  = var.project
  topic    = google_pubsub_topic.commands.name
  role     = "roles/pubsub.publisher" # to this topic alone
  member   = each.value
}
resource "google_pubsub_topic_iam_member" "commands_buried_by" {
  for_each = {
    maintenance = google_service_account.function["maintenance"].member # with the reason
    agent       = local.push_agent                                      # after the last attempt
  }
  project = var.project
  topic   = google_pubsub_topic.commands_dead.name
  role    = "roles/pubsub.publisher" # to this topic alone
  member  = each.value
}
resource "google_pubsub_subscription_iam_member" "commands_forwarded_by" {
  project      = var.project
  subscription = google_pubsub_subscription.commands.name
  role         = "roles/pubsub.subscriber" # takes what it forwards out of the subscription
  member       = local.push_agent
}

# Whoever takes a command in asks for a pass: a task in the invoker's name.
locals {
  submitting = toset(["api", "maintenance"])
}
resource "google_cloud_tasks_queue_iam_member" "submissions" {
  for_each = local.submitting
  project  = var.project
  location = var.region
  name     = google_cloud_tasks_queue.wakeups.name
  role     = google_project_iam_custom_role.wakeups.id
  member   = google_service_account.function[each.value].member
}
resource "google_service_account_iam_member" "submits_as_invoker" {
  for_each           = local.submitting
  service_account_id = google_service_account.invoker.name
  role               = "roles/iam.serviceAccountUser" # whoever makes a task in an account's name must be allowed to act as it
  member             = google_service_account.function[each.value].member
}
