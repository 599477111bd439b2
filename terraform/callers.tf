# Who may reach the functions. cluster-written is called by its trigger's account alone, which Cloud Run checks.
#
# The five HTTP functions are open at this layer and check every token themselves: signature, issuer, audience, expiry and
# account (functions/authorize.ts, functions/node-join.ts). Where Cloud Run checks a token it hands it on without its
# signature, so that nothing behind it could be checked any more; and it cannot know whether a token's machine belongs to the
# cluster that it names. reconcile, sweep, machine-event and maintenance are open to this project's own Cloud Tasks, Cloud
# Scheduler and Pub/Sub only (ingress).

resource "google_cloud_run_service_iam_member" "trigger" {
  project  = var.project
  location = var.region
  service  = google_cloudfunctions2_function.cluster_written.name
  role     = "roles/run.invoker"
  member   = google_service_account.trigger.member
}

resource "google_cloud_run_service_iam_member" "http" {
  for_each = local.http_functions
  project  = var.project
  location = var.region
  service  = google_cloudfunctions2_function.http[each.key].name
  role     = "roles/run.invoker"
  member   = "allUsers"
}
