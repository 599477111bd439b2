# Who may do what to the documents. IAM knows databases, not collections, so the roles differ by what is done.
# roles/datastore.user would do for all, and would let the API delete clusters' documents and each function list everything.

locals {
  document_roles = {
    Pass = {
      title = "Clusterwright: documents of a pass"
      permissions = [
        "datastore.databases.get",   # begins and ends transactions
        "datastore.entities.create", # the status of a new cluster, events, operations
        "datastore.entities.delete", # the documents of a cluster that is gone, the note of a wake-up
        "datastore.entities.get",    # spec and status
        "datastore.entities.update", # status, and operations as they go on
      ]
    }
    Query = {
      title = "Clusterwright: documents of all clusters"
      permissions = [
        "datastore.entities.get",  # queries read what they find
        "datastore.entities.list", # queries
      ]
    }
    Edit = {
      title = "Clusterwright: documents that people write"
      permissions = [
        "datastore.databases.get",   # transactions
        "datastore.entities.create", # a new cluster
        "datastore.entities.get",    # spec and status
        "datastore.entities.update", # an edit, a tombstone
      ]
    }
    Join = {
      title = "Clusterwright: records of join tokens"
      permissions = [
        "datastore.databases.get",   # transactions
        "datastore.entities.create", # a token that was used
        "datastore.entities.delete", # one that is given back because the cluster did not answer
        "datastore.entities.get",    # the status of the cluster
      ]
    }
    Hear = {
      title = "Clusterwright: inboxes of clusters"
      permissions = [
        "datastore.databases.get",   # transactions
        "datastore.entities.create", # an inbox, the note of a wake-up
        "datastore.entities.get",    # the status of the cluster, its inbox
        "datastore.entities.update", # the same
      ]
    }
  }
  document_access = {
    "cluster-written passes" = { function = "cluster-written", role = "Pass" }
    "reconcile passes"       = { function = "reconcile", role = "Pass" }
    "sweep passes"           = { function = "sweep", role = "Pass" }
    "sweep queries"          = { function = "sweep", role = "Query" }
    "maintenance edits"      = { function = "maintenance", role = "Edit" }
    "api edits"              = { function = "api", role = "Edit" }
    "api queries"            = { function = "api", role = "Query" }
    "node-join records"      = { function = "node-join", role = "Join" }
    "machine-event hears"    = { function = "machine-event", role = "Hear" }
  }
}

resource "google_project_iam_custom_role" "documents" {
  for_each    = local.document_roles
  project     = var.project
  role_id     = "clusterwrightDocuments${each.key}"
  title       = each.value.title
  permissions = each.value.permissions
}

resource "google_project_iam_member" "documents" {
  for_each = local.document_access
  project  = var.project
  role     = google_project_iam_custom_role.documents[each.value.role].id
  member   = google_service_account.function[each.value.function].member
  condition {
    title       = "Only Clusterwright's database"
    expression  = "resource.name == \"projects/${var.project}/databases/${var.database}\""
    description = "Other databases of the project are none of its business."
  }
}

# Tasks: made, looked at, and taken back. roles/cloudtasks.enqueuer cannot delete, roles/cloudtasks.taskDeleter can list.
resource "google_project_iam_custom_role" "wakeups" {
  project = var.project
  role_id = "clusterwrightWakeups"
  title   = "Clusterwright: wake-ups"
  permissions = [
    "cloudtasks.tasks.create", # the next pass
    "cloudtasks.tasks.delete", # one that an earlier one makes superfluous
    "cloudtasks.tasks.get",    # whether it has fired
  ]
}

resource "google_cloud_tasks_queue_iam_member" "wakeups" {
  for_each = local.waking
  project  = var.project
  location = var.region
  name     = google_cloud_tasks_queue.wakeups.name
  role     = google_project_iam_custom_role.wakeups.id
  member   = google_service_account.function[each.value].member
}
