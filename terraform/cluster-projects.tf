# Every project that clusters may be in: its APIs, what the functions may do there, and the accounts of machines.

module "cluster_project" {
  source   = "./modules/cluster-project"
  for_each = local.cluster_projects
  project  = each.value
  passing  = { for name in local.passing : name => google_service_account.function[name].member }
  joining  = google_service_account.function["node-join"].member
  api      = google_service_account.function["api"].member
  hearing  = google_service_account.function["machine-event"].member

  machine_events_topic  = google_pubsub_topic.machine_events.id
  machine_events_filter = local.machine_events_filter
}
