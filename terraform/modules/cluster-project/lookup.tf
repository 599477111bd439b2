# What node-join and the API look at: the machine that asks, and the facts that an answer needs (shared/engine/look-up.ts):
# of the API, what a command would do to which node. Neither changes anything in the cloud.

resource "google_project_iam_custom_role" "lookup" {
  project = var.project
  role_id = "clusterwrightLookup"
  title   = "Clusterwright: lookup of machines"
  permissions = [
    "compute.addresses.list",             # the API's addresses
    "compute.backendServices.list",       # whether the API's balancer has its groups
    "compute.disks.list",                 # which members have run
    "compute.forwardingRules.list",       # the API's addresses in use
    "compute.instanceGroupManagers.list", # templates in use
    "compute.instanceGroups.get",         # members of the API servers' groups
    "compute.instanceGroups.list",        # the groups
    "compute.instances.get",              # the machine that asks, as it is now
    "compute.instances.list",             # control-plane machines and their addresses
    "compute.regionBackendServices.list", # as above, of a region
    "compute.zones.list",                 # aggregated lists name them
  ]
  depends_on = [google_project_service.cluster]
}

resource "google_project_iam_member" "lookup" {
  project = var.project
  role    = google_project_iam_custom_role.lookup.id
  member  = var.joining
}
resource "google_project_iam_member" "api_lookup" {
  project = var.project
  role    = google_project_iam_custom_role.lookup.id
  member  = var.api
}
