# Accounts: one for each function, so that each may do only what it does, and one for each way in. No account has a key.

locals {
  function_accounts = {
    cluster-written = "Takes in a written cluster document"
    reconcile       = "Runs the passes that wake-ups ask for"
    sweep           = "Runs what is overdue and takes the census"
    machine-event   = "Hears what the cloud says of machines"
    maintenance     = "Takes commands from their topic"
    node-join       = "Admits machines to their clusters"
    api             = "Reads and writes cluster documents for people and tools"
  }
  # These run passes: they change clouds.
  passing = toset(["cluster-written", "reconcile", "sweep"])
  # These ask for passes.
  waking = setunion(local.passing, ["machine-event"])
}

resource "google_service_account" "function" {
  for_each     = local.function_accounts
  project      = var.project
  account_id   = "clusterwright-${each.key}"
  display_name = "Clusterwright: ${each.key}"
  description  = each.value
}

# Signs the calls of Cloud Tasks and Cloud Scheduler. It has no role: its tokens are all that it is for.
resource "google_service_account" "invoker" {
  project      = var.project
  account_id   = "clusterwright-invoker"
  display_name = "Clusterwright: calls of Cloud Tasks and Cloud Scheduler"
}

# Whoever makes a task in an account's name must be allowed to act as it.
resource "google_service_account_iam_member" "acts_as_invoker" {
  for_each           = local.waking
  service_account_id = google_service_account.invoker.name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.function[each.value].member
}

# Brings events to cluster-written.
resource "google_service_account" "trigger" {
  project      = var.project
  account_id   = "clusterwright-trigger"
  display_name = "Clusterwright: delivery of document writes"
}
resource "google_project_iam_member" "trigger_receives" {
  project = var.project
  role    = "roles/eventarc.eventReceiver"
  member  = google_service_account.trigger.member
}

# Builds the functions' images; the default account could do far more.
resource "google_service_account" "build" {
  project      = var.project
  account_id   = "clusterwright-build"
  display_name = "Clusterwright: builds the functions"
}
resource "google_project_iam_member" "build" {
  for_each = toset([
    "roles/artifactregistry.writer", # stores the image
    "roles/logging.logWriter",       # tells how the build went
    "roles/storage.objectViewer",    # reads the source
  ])
  project = var.project
  role    = each.value
  member  = google_service_account.build.member
}

# One for each operator, because Google signs tokens with an audience of our choice for service accounts alone.
resource "google_service_account" "operator" {
  for_each     = var.operators
  project      = var.project
  account_id   = "clusterwright-op-${each.key}"
  display_name = "Clusterwright: operator ${each.key}"
  description  = "Has no role. People who may act as it show its tokens to the API."
}

locals {
  operator_people = merge([
    for name, people in var.operators : { for one in people : "${name} ${one}" => { name = name, member = one } }
  ]...)
}

# To sign an identity token, and nothing else: neither access tokens nor keys.
resource "google_service_account_iam_member" "operator" {
  for_each           = local.operator_people
  service_account_id = google_service_account.operator[each.value.name].name
  role               = "roles/iam.serviceAccountOpenIdTokenCreator"
  member             = each.value.member
}
