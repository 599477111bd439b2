# The six functions. All come from one bundle; they differ in who they are and what wakes them.

locals {
  runtime = "nodejs24"
  # Each needs about 100 MB; a pass over a large cluster reads lists of some 50 MB.
  memory = "512Mi"
  # What Node is told beside the settings: how to use that memory, and where the build step has put compiled code.
  environment = merge(jsondecode(file("${path.module}/../functions/node-environment.json")), module.environment.variables)
  # A pass ends after 20 s and the last calls' timeouts; LEASE_MS in shared/engine/lease.ts is 60 s.
  pass_timeout_s = 60
  # The sweep may run many passes; Cloud Scheduler waits at most 30 minutes.
  sweep_timeout_s = 540

  http_functions = {
    # Only Cloud Tasks and Cloud Scheduler call these two, which counts as internal traffic within the project.
    reconcile = { timeout_s = local.pass_timeout_s, ingress = "ALLOW_INTERNAL_ONLY", concurrency = 8 }
    sweep     = { timeout_s = local.sweep_timeout_s, ingress = "ALLOW_INTERNAL_ONLY", concurrency = 1 }
    # Pushes of Pub/Sub within the project are internal traffic too.
    machine-event = { timeout_s = 60, ingress = "ALLOW_INTERNAL_ONLY", concurrency = 40 }
    maintenance   = { timeout_s = 60, ingress = "ALLOW_INTERNAL_ONLY", concurrency = 40 }
    # Machines without public addresses come by Cloud NAT, people from wherever they are.
    node-join = { timeout_s = 60, ingress = "ALLOW_ALL", concurrency = 40 }
    api       = { timeout_s = 60, ingress = "ALLOW_ALL", concurrency = 40 }
  }
}

resource "google_cloudfunctions2_function" "http" {
  for_each = local.http_functions
  project  = var.project
  location = var.region
  name     = module.environment.functions[each.key]
  build_config {
    runtime         = local.runtime
    entry_point     = each.key
    service_account = google_service_account.build.id
    source {
      storage_source {
        bucket = google_storage_bucket.source.name
        object = google_storage_bucket_object.source.name
      }
    }
  }
  service_config {
    service_account_email            = google_service_account.function[each.key].email
    available_memory                 = local.memory
    available_cpu                    = "1"
    timeout_seconds                  = each.value.timeout_s
    max_instance_count               = var.instances_max
    max_instance_request_concurrency = each.value.concurrency
    ingress_settings                 = each.value.ingress
    environment_variables            = local.environment
    vpc_connector                    = var.vpc_connector
    vpc_connector_egress_settings    = var.vpc_connector == null ? null : "PRIVATE_RANGES_ONLY"
  }
  depends_on = [google_project_service.control_plane, google_project_iam_member.build]
}

resource "google_cloudfunctions2_function" "cluster_written" {
  project  = var.project
  location = var.region
  name     = module.environment.functions["cluster-written"]
  build_config {
    runtime         = local.runtime
    entry_point     = "cluster-written"
    service_account = google_service_account.build.id
    source {
      storage_source {
        bucket = google_storage_bucket.source.name
        object = google_storage_bucket_object.source.name
      }
    }
  }
  service_config {
    service_account_email            = google_service_account.function["cluster-written"].email
    available_memory                 = local.memory
    available_cpu                    = "1"
    timeout_seconds                  = local.pass_timeout_s
    max_instance_count               = var.instances_max
    max_instance_request_concurrency = 8
    ingress_settings                 = "ALLOW_INTERNAL_ONLY"
    environment_variables            = local.environment
    vpc_connector                    = var.vpc_connector
    vpc_connector_egress_settings    = var.vpc_connector == null ? null : "PRIVATE_RANGES_ONLY"
  }
  event_trigger {
    trigger_region        = local.database_location # events come from where the database is
    event_type            = "google.cloud.firestore.document.v1.written"
    retry_policy          = "RETRY_POLICY_RETRY" # without it a failed delivery is lost
    service_account_email = google_service_account.trigger.email
    event_filters {
      attribute = "database"
      value     = google_firestore_database.documents.name
    }
    event_filters {
      attribute = "document"
      operator  = "match-path-pattern"
      value     = "clusters/{id}" # not the documents below it
    }
  }
  depends_on = [
    google_project_service.control_plane,
    google_project_iam_member.build,
    google_project_iam_member.trigger_receives,
  ]
}
