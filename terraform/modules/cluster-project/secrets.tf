# Clusters' keys in Secret Manager: made by passes, read in part by the API and by node-join.
# roles/secretmanager.admin would open every secret of the project; these open two kinds of names (shared/resources/gce/keys.ts).

locals {
  # Names of secrets end with what they hold. A version's name continues after the secret's.
  is_pki    = "(resource.name.endsWith(\"-pki\") || resource.name.extract(\"/secrets/{name}/versions/\").endsWith(\"-pki\"))"
  is_access = "(resource.name.endsWith(\"-access\") || resource.name.extract(\"/secrets/{name}/versions/\").endsWith(\"-access\"))"
}

resource "google_project_iam_custom_role" "secret_names" {
  project = var.project
  role_id = "clusterwrightSecretNames"
  title   = "Clusterwright: names of secrets"
  permissions = [
    "secretmanager.secrets.list", # which keys a cluster has; a list has no name that a condition could look at
  ]
}

resource "google_project_iam_custom_role" "secret_creation" {
  project = var.project
  role_id = "clusterwrightSecretCreation"
  title   = "Clusterwright: creation of secrets"
  permissions = [
    "secretmanager.secrets.create", # asked of the project, before there is a name
  ]
}

resource "google_project_iam_custom_role" "keys" {
  project = var.project
  role_id = "clusterwrightKeys"
  title   = "Clusterwright: keys of clusters"
  permissions = [
    "secretmanager.secrets.delete",       # with the cluster
    "secretmanager.secrets.get",          # whether they are there
    "secretmanager.secrets.getIamPolicy", # before it is changed
    "secretmanager.secrets.setIamPolicy", # lets the cluster's control-plane machines read its keys, and no one else
    "secretmanager.versions.access",      # the CA signs the control plane's own certificate
    "secretmanager.versions.add",         # the keys themselves
    "secretmanager.versions.destroy",     # when another pass was a moment faster
    "secretmanager.versions.list",        # which version is in force
  ]
}

resource "google_project_iam_custom_role" "key_reading" {
  project = var.project
  role_id = "clusterwrightKeyReading"
  title   = "Clusterwright: reading of keys"
  permissions = [
    "secretmanager.versions.access", # the payload
    "secretmanager.versions.list",   # an older version, when the newest is disabled
  ]
}

resource "google_project_iam_member" "secret_names" {
  for_each = merge(var.passing, { node-join = var.joining, api = var.api })
  project  = var.project
  role     = google_project_iam_custom_role.secret_names.id
  member   = each.value
}

resource "google_project_iam_member" "secret_creation" {
  for_each = var.passing
  project  = var.project
  role     = google_project_iam_custom_role.secret_creation.id
  member   = each.value
}

resource "google_project_iam_member" "keys" {
  for_each = var.passing
  project  = var.project
  role     = google_project_iam_custom_role.keys.id
  member   = each.value
  condition {
    title       = "Only keys of clusters"
    description = "Secrets whose names end with -pki or -access."
    expression  = "${local.is_pki} || ${local.is_access}"
  }
}

# The API signs people's certificate requests with the cluster's CA.
resource "google_project_iam_member" "api_reads_keys" {
  project = var.project
  role    = google_project_iam_custom_role.key_reading.id
  member  = var.api
  condition {
    title       = "Only CAs of clusters"
    description = "Secrets whose names end with -pki."
    expression  = local.is_pki
  }
}

# And looks at its nodes, to say what a command would do. Whoever signs certificates could make itself one that may as much.
resource "google_project_iam_member" "api_reads_access" {
  project = var.project
  role    = google_project_iam_custom_role.key_reading.id
  member  = var.api
  condition {
    title       = "Only the control plane's own certificates"
    description = "Secrets whose names end with -access."
    expression  = local.is_access
  }
}

# node-join makes bootstrap tokens with the control plane's own client certificate; it never sees a CA's key.
resource "google_project_iam_member" "joining_reads_access" {
  project = var.project
  role    = google_project_iam_custom_role.key_reading.id
  member  = var.joining
  condition {
    title       = "Only the control plane's own certificates"
    description = "Secrets whose names end with -access."
    expression  = local.is_access
  }
}
