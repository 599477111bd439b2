# The functions' code: the folder that `npm run build` makes, as a zip in a bucket.

data "archive_file" "source" {
  type        = "zip"
  source_dir  = var.source_folder
  output_path = "${path.module}/.terraform/clusterwright-functions.zip"
  # Made by Google where it builds: of what is installed there, and by that machine's Node.
  excludes = ["node_modules", ".compile-cache"]
}

resource "google_storage_bucket" "source" {
  project                     = var.project
  name                        = "${var.project}-clusterwright-source"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true # it holds nothing but builds of this repository
  lifecycle_rule {
    condition {
      num_newer_versions = 10
      with_state         = "ARCHIVED"
    }
    action {
      type = "Delete"
    }
  }
  versioning {
    enabled = true
  }
}

# Named by content: another build is another object, which makes the functions be deployed anew.
resource "google_storage_bucket_object" "source" {
  bucket = google_storage_bucket.source.name
  name   = "functions-${data.archive_file.source.output_sha256}.zip"
  source = data.archive_file.source.output_path
}
