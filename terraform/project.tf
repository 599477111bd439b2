# The project, its APIs, and the names that everything else uses.

data "google_project" "control_plane" {
  project_id = var.project
}

locals {
  apis = [
    "artifactregistry.googleapis.com",     # images of the functions
    "cloudbuild.googleapis.com",           # builds them
    "cloudfunctions.googleapis.com",       # runs them
    "cloudscheduler.googleapis.com",       # calls sweep
    "cloudtasks.googleapis.com",           # calls reconcile
    "compute.googleapis.com",              # called with this project's quota
    "eventarc.googleapis.com",             # brings document writes to cluster-written
    "firestore.googleapis.com",            # documents
    "iam.googleapis.com",                  # accounts and roles
    "iamcredentials.googleapis.com",       # operators' tokens
    "pubsub.googleapis.com",               # brings machines' events, and commands
    "run.googleapis.com",                  # under the functions
    "secretmanager.googleapis.com",        # called with this project's quota
    "cloudresourcemanager.googleapis.com", # this configuration itself
  ]
  database_location = coalesce(var.database_location, var.region)
  cluster_projects  = length(var.cluster_projects) == 0 ? toset([var.project]) : var.cluster_projects
}

resource "google_project_service" "control_plane" {
  for_each           = toset(local.apis)
  project            = var.project
  service            = each.value
  disable_on_destroy = false # others in the project may use it
}

# Names, addresses and environment of the functions: a module without a provider, so that it can be tested anywhere.
module "environment" {
  source                  = "./modules/environment"
  project                 = var.project
  project_number          = data.google_project.control_plane.number
  region                  = var.region
  database                = google_firestore_database.documents.name
  queue                   = google_cloud_tasks_queue.wakeups.id
  invoker                 = google_service_account.invoker.email
  pusher                  = google_service_account.pusher.email
  commander               = google_service_account.commander.email
  dead_letters            = google_pubsub_topic.commands_dead.id
  callers                 = concat([for account in google_service_account.operator : account.email], tolist(var.other_callers))
  shared_network_projects = var.shared_network_projects
}
