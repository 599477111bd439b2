# What wakes the functions besides document writes: a queue for single wake-ups, a schedule for the safety net.

resource "google_cloud_tasks_queue" "wakeups" {
  project  = var.project
  name     = "clusterwright-wakeups"
  location = var.region
  rate_limits {
    max_dispatches_per_second = 50 # a tenth of what the service allows: a thousand clusters that poll every 20 seconds
    max_concurrent_dispatches = 100
  }
  retry_config {
    # A wake-up that fails this often is dropped: the sweep finds the cluster overdue.
    max_attempts  = 20
    min_backoff   = "2s"
    max_backoff   = "300s"
    max_doublings = 8
  }
  stackdriver_logging_config {
    sampling_ratio = 1
  }
  depends_on = [google_project_service.control_plane]
}

resource "google_cloud_scheduler_job" "sweep" {
  project          = var.project
  region           = var.region
  name             = "clusterwright-sweep"
  description      = "Runs what is overdue and takes the census of every project."
  schedule         = var.sweep_schedule
  time_zone        = "Etc/UTC"
  attempt_deadline = "${local.sweep_timeout_s}s"
  retry_config {
    retry_count = 0 # the next one comes soon enough, and two at a time help nobody
  }
  http_target {
    uri         = module.environment.urls["sweep"]
    http_method = "POST"
    oidc_token {
      service_account_email = google_service_account.invoker.email
      audience              = module.environment.urls["sweep"]
    }
  }
  depends_on = [google_project_service.control_plane, google_cloudfunctions2_function.http]
}
