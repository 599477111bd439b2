# The accounts that machines run as, one per role. Their ids are those of shared/resources/gce/service-accounts.ts.

locals {
  machines = {
    clusterwright-control-plane = "Control-plane machines: the cloud controller manager, the disk driver, and keys of the clusters that run as it"
    clusterwright-node          = "Workers: their logs, their metrics, and images"
  }
  common_roles = [
    "roles/logging.logWriter",       # the machine's logs
    "roles/monitoring.metricWriter", # its metrics
    "roles/artifactregistry.reader", # images of its pods
  ]
}

resource "google_service_account" "machine" {
  for_each     = local.machines
  project      = var.project
  account_id   = each.key
  display_name = "Clusterwright: ${trimprefix(each.key, "clusterwright-")} machines"
  description  = each.value
}

resource "google_project_iam_member" "machine" {
  for_each = { for pair in setproduct(keys(local.machines), local.common_roles) : "${pair[0]} ${pair[1]}" => { account = pair[0], role = pair[1] } }
  project  = var.project
  role     = each.value.role
  member   = google_service_account.machine[each.value.account].member
}

# Access to a cluster's keys is not here: each cluster's secret admits the account that its machines run as when the secret is
# made. Clusters that share this account can read one another's; README.md, "Clusters that share a project", says how to part them.

# What runs on control-plane machines and talks to Google: the cloud controller manager and the disk driver's controller.
# Workers get none of it, for any pod of theirs can ask for its machine's token.
locals {
  controllers = {
    # Initialises nodes; removes those whose machine is gone.
    nodes = [
      "compute.instances.get",
      "compute.instances.list",
      "compute.zones.get",
      "compute.zones.list",
      "compute.regions.get",
      "compute.projects.get",
      "compute.subnetworks.get",
      "compute.subnetworks.list",
      "compute.networks.get",
    ]
    # Load balancers of Services.
    services = [
      "compute.addresses.create",
      "compute.addresses.createInternal",
      "compute.addresses.delete",
      "compute.addresses.deleteInternal",
      "compute.addresses.get",
      "compute.addresses.list",
      "compute.addresses.use",
      "compute.addresses.useInternal",
      "compute.firewalls.create",
      "compute.firewalls.delete",
      "compute.firewalls.get",
      "compute.firewalls.list",
      "compute.firewalls.update",
      "compute.forwardingRules.create",
      "compute.forwardingRules.delete",
      "compute.forwardingRules.get",
      "compute.forwardingRules.list",
      "compute.forwardingRules.setLabels",
      "compute.forwardingRules.update",
      "compute.forwardingRules.use",
      "compute.healthChecks.create",
      "compute.healthChecks.delete",
      "compute.healthChecks.get",
      "compute.healthChecks.update",
      "compute.healthChecks.useReadOnly",
      "compute.httpHealthChecks.create",
      "compute.httpHealthChecks.delete",
      "compute.httpHealthChecks.get",
      "compute.httpHealthChecks.update",
      "compute.httpHealthChecks.useReadOnly",
      "compute.instanceGroups.create",
      "compute.instanceGroups.delete",
      "compute.instanceGroups.get",
      "compute.instanceGroups.list",
      "compute.instanceGroups.update",
      "compute.instanceGroups.use",
      "compute.instances.use",
      "compute.networks.updatePolicy",
      "compute.networks.use",
      "compute.regionBackendServices.create",
      "compute.regionBackendServices.delete",
      "compute.regionBackendServices.get",
      "compute.regionBackendServices.list",
      "compute.regionBackendServices.update",
      "compute.regionBackendServices.use",
      "compute.regionHealthChecks.create",
      "compute.regionHealthChecks.delete",
      "compute.regionHealthChecks.get",
      "compute.regionHealthChecks.update",
      "compute.regionHealthChecks.useReadOnly",
      "compute.subnetworks.use",
      "compute.targetPools.addInstance",
      "compute.targetPools.create",
      "compute.targetPools.delete",
      "compute.targetPools.get",
      "compute.targetPools.removeInstance",
      "compute.targetPools.update",
      "compute.targetPools.use",
    ]
    # Disks of volumes, attached to and detached from machines; snapshots of them.
    volumes = [
      "compute.disks.create",
      "compute.disks.createSnapshot",
      "compute.disks.delete",
      "compute.disks.get",
      "compute.disks.list",
      "compute.disks.resize",
      "compute.disks.setLabels",
      "compute.disks.use",
      "compute.disks.useReadOnly",
      "compute.diskTypes.get",
      "compute.instances.attachDisk",
      "compute.instances.detachDisk",
      "compute.snapshots.create",
      "compute.snapshots.delete",
      "compute.snapshots.get",
      "compute.snapshots.list",
      "compute.snapshots.setLabels",
      "compute.snapshots.useReadOnly",
    ]
    # Both wait for what they have begun.
    operations = [
      "compute.globalOperations.get",
      "compute.regionOperations.get",
      "compute.zoneOperations.get",
      "compute.zoneOperations.list",
    ]
  }
}

resource "google_project_iam_custom_role" "controllers" {
  project     = var.project
  role_id     = "clusterwrightControllers"
  title       = "Clusterwright: controllers on control-plane machines"
  permissions = sort(distinct(flatten(values(local.controllers))))
  depends_on  = [google_project_service.cluster]
}

resource "google_project_iam_member" "controllers" {
  project = var.project
  role    = google_project_iam_custom_role.controllers.id
  member  = google_service_account.machine["clusterwright-control-plane"].member
}

# Attaching a disk to a machine needs the right to act as the account that the machine runs as.
resource "google_service_account_iam_member" "controllers_act_as_machines" {
  for_each           = google_service_account.machine
  service_account_id = each.value.name
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.machine["clusterwright-control-plane"].member
}
