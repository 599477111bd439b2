# The documents: Firestore in native mode, what it drops by itself, and what it indexes.

resource "google_firestore_database" "documents" {
  project                           = var.project
  name                              = var.database
  location_id                       = local.database_location
  type                              = "FIRESTORE_NATIVE"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED" # seven days: a spec that was overwritten can be read
  delete_protection_state           = var.deletion_protection ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"
  deletion_policy                   = "DELETE"
  depends_on                        = [google_project_service.control_plane]
}

# One list for Terraform, the Firebase command line and the emulator. It says
# - what expires: `events`, `operations` and `disruptions` that ended, and `joins` carry `expireAt`, which the Firestore adapter writes as a time. It is not indexed, for
#   an index on a time that only grows would put every write on one server;
# - what all clusters are asked by at once: `phase` and `wakeAtMs` of `status`, anywhere in the tree. Within one collection
#   every field is indexed anyway: events by atMs and operations by startedMs, newest first, need nothing here;
# - what nobody asks by: indexing every field of a spec would cost more than writing it.
locals {
  overrides = jsondecode(file("${path.module}/../firestore.indexes.json")).fieldOverrides
}

resource "google_firestore_field" "override" {
  for_each   = { for override in local.overrides : "${override.collectionGroup}.${override.fieldPath}" => override }
  project    = var.project
  database   = google_firestore_database.documents.name
  collection = each.value.collectionGroup
  field      = each.value.fieldPath
  dynamic "ttl_config" {
    for_each = try(each.value.ttl, false) ? [true] : []
    content {}
  }
  index_config {
    dynamic "indexes" {
      for_each = each.value.indexes
      content {
        order       = indexes.value.order
        query_scope = indexes.value.queryScope
      }
    }
  }
}

# Clients that come with Firebase credentials get nothing: the functions come with IAM, which rules do not concern.
resource "google_firebaserules_ruleset" "deny" {
  project = var.project
  source {
    files {
      name    = "firestore.rules"
      content = file("${path.module}/../firestore.rules")
    }
  }
  depends_on = [google_project_service.rules]
}

resource "google_firebaserules_release" "deny" {
  project      = var.project
  name         = var.database == "(default)" ? "cloud.firestore" : "cloud.firestore/${var.database}"
  ruleset_name = google_firebaserules_ruleset.deny.name
  depends_on   = [google_firestore_database.documents]
}

resource "google_project_service" "rules" {
  project            = var.project
  service            = "firebaserules.googleapis.com"
  disable_on_destroy = false
}
