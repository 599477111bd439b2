# What passes do to Compute Engine. roles/compute.admin would do, and would also let them change images, interconnects, other
# people's snapshots and the project's own metadata. By kind, as shared/resources/gce has them.

locals {
  provisioning = {
    # shared/engine/round.ts asks how operations are.
    operations = [
      "compute.globalOperations.get",
      "compute.globalOperations.list",
      "compute.regionOperations.get",
      "compute.regionOperations.list",
      "compute.zoneOperations.get",
      "compute.zoneOperations.list",
    ]
    # Aggregated lists name the project's zones and regions.
    places = [
      "compute.projects.get",
      "compute.regions.get",
      "compute.regions.list",
      "compute.zones.get",
      "compute.zones.list",
    ]
    # networks.ts; updatePolicy is what changing a firewall rule needs on its network.
    networks = [
      "compute.networks.access",
      "compute.networks.create",
      "compute.networks.delete",
      "compute.networks.get",
      "compute.networks.list",
      "compute.networks.update",
      "compute.networks.updatePolicy",
      "compute.networks.use",
      "compute.networks.useExternalIp",
    ]
    # subnetworks.ts; use: machines, addresses and forwarding rules are put into them.
    subnetworks = [
      "compute.subnetworks.create",
      "compute.subnetworks.delete",
      "compute.subnetworks.expandIpCidrRange",
      "compute.subnetworks.get",
      "compute.subnetworks.list",
      "compute.subnetworks.setPrivateIpGoogleAccess",
      "compute.subnetworks.update",
      "compute.subnetworks.use",
      "compute.subnetworks.useExternalIp",
    ]
    # routers.ts: the router and its NAT.
    routers = [
      "compute.routers.create",
      "compute.routers.delete",
      "compute.routers.get",
      "compute.routers.list",
      "compute.routers.update",
    ]
    # firewalls.ts
    firewalls = [
      "compute.firewalls.create",
      "compute.firewalls.delete",
      "compute.firewalls.get",
      "compute.firewalls.list",
      "compute.firewalls.update",
    ]
    # addresses.ts; the internal ones have permissions of their own.
    addresses = [
      "compute.addresses.create",
      "compute.addresses.createInternal",
      "compute.addresses.delete",
      "compute.addresses.deleteInternal",
      "compute.addresses.get",
      "compute.addresses.list",
      "compute.addresses.use",
      "compute.addresses.useInternal",
    ]
    # health-checks.ts; useReadOnly: backend services and groups point at them.
    health_checks = [
      "compute.healthChecks.get",
      "compute.healthChecks.list",
      "compute.regionHealthChecks.create",
      "compute.regionHealthChecks.delete",
      "compute.regionHealthChecks.get",
      "compute.regionHealthChecks.list",
      "compute.regionHealthChecks.update",
      "compute.regionHealthChecks.use",
      "compute.regionHealthChecks.useReadOnly",
    ]
    # backend-services.ts; use: forwarding rules point at them.
    backend_services = [
      "compute.backendServices.get",
      "compute.backendServices.list",
      "compute.regionBackendServices.create",
      "compute.regionBackendServices.delete",
      "compute.regionBackendServices.get",
      "compute.regionBackendServices.list",
      "compute.regionBackendServices.update",
      "compute.regionBackendServices.use",
    ]
    # forwarding-rules.ts
    forwarding_rules = [
      "compute.forwardingRules.create",
      "compute.forwardingRules.delete",
      "compute.forwardingRules.get",
      "compute.forwardingRules.list",
      "compute.forwardingRules.setTarget",
      "compute.forwardingRules.update",
      "compute.forwardingRules.use",
    ]
    # instance-groups.ts and group-members.ts; use: backend services point at them.
    instance_groups = [
      "compute.instanceGroups.create",
      "compute.instanceGroups.delete",
      "compute.instanceGroups.get",
      "compute.instanceGroups.list",
      "compute.instanceGroups.update",
      "compute.instanceGroups.use",
    ]
    # machine-groups.ts
    machine_groups = [
      "compute.instanceGroupManagers.create",
      "compute.instanceGroupManagers.delete",
      "compute.instanceGroupManagers.get",
      "compute.instanceGroupManagers.list",
      "compute.instanceGroupManagers.update",
      "compute.instanceGroupManagers.use",
    ]
    # instance-templates.ts
    instance_templates = [
      "compute.instanceTemplates.create",
      "compute.instanceTemplates.delete",
      "compute.instanceTemplates.get",
      "compute.instanceTemplates.list",
      "compute.instanceTemplates.useReadOnly",
    ]
    # etcd-disks.ts, and the boot disks of machines.
    disks = [
      "compute.disks.addResourcePolicies",
      "compute.disks.create",
      "compute.disks.createSnapshot",
      "compute.disks.delete",
      "compute.disks.get",
      "compute.disks.list",
      "compute.disks.removeResourcePolicies",
      "compute.disks.resize",
      "compute.disks.setLabels",
      "compute.disks.use",
      "compute.disks.useReadOnly",
    ]
    # resource-policies.ts: the snapshot schedule; snapshots.ts: what it took goes with the cluster; member-action.ts: one
    # before a control-plane machine is made anew.
    backups = [
      "compute.resourcePolicies.create",
      "compute.resourcePolicies.delete",
      "compute.resourcePolicies.get",
      "compute.resourcePolicies.list",
      "compute.resourcePolicies.update",
      "compute.resourcePolicies.use",
      "compute.disks.createSnapshot", # the command backup
      "compute.snapshots.create",
      "compute.snapshots.delete",
      "compute.snapshots.get",
      "compute.snapshots.list",
      "compute.snapshots.setLabels", # whose they are
    ]
    # control-plane.ts; use: groups take them as members. The serial console says why a machine does not join.
    instances = [
      "compute.instances.attachDisk",
      "compute.instances.create",
      "compute.instances.delete",
      "compute.instances.detachDisk",
      "compute.instances.get",
      "compute.instances.getSerialPortOutput",
      "compute.instances.list",
      "compute.instances.reset",
      "compute.instances.setDeletionProtection",
      "compute.instances.setLabels",
      "compute.instances.setMachineType",
      "compute.instances.setMetadata",
      "compute.instances.setScheduling",
      "compute.instances.setServiceAccount",
      "compute.instances.setTags",
      "compute.instances.start",
      "compute.instances.stop",
      "compute.instances.use",
    ]
    # image-families.ts: golden images of the project itself; public images need no permission.
    images = [
      "compute.images.get",
      "compute.images.getFromFamily",
      "compute.images.list",
      "compute.images.useReadOnly",
    ]
  }
}

resource "google_project_iam_custom_role" "provisioner" {
  project     = var.project
  role_id     = "clusterwrightProvisioner"
  title       = "Clusterwright: provisioner"
  description = "What passes do to the Compute Engine resources of clusters."
  permissions = sort(flatten(values(local.provisioning)))
  depends_on  = [google_project_service.cluster]
}

resource "google_project_iam_member" "provisioner" {
  for_each = var.passing
  project  = var.project
  role     = google_project_iam_custom_role.provisioner.id
  member   = each.value
}

# Whoever makes a machine that runs as an account must be allowed to act as it: as these two, and no other of the project.
resource "google_service_account_iam_member" "acts_as_machines" {
  for_each           = { for pair in setproduct(keys(google_service_account.machine), keys(var.passing)) : "${pair[0]} ${pair[1]}" => { account = pair[0], member = var.passing[pair[1]] } }
  service_account_id = google_service_account.machine[each.value.account].name
  role               = "roles/iam.serviceAccountUser"
  member             = each.value.member
}
