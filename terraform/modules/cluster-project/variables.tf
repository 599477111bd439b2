# A project that clusters may be in, and who of the control plane works there.

terraform {
  required_version = ">= 1.9"
  required_providers {
    google = {
      source = "hashicorp/google"
    }
  }
}

variable "project" {
  description = "Id of the project."
  type        = string
}
variable "passing" {
  description = "IAM members of the functions that run passes, by function."
  type        = map(string)
}
variable "joining" {
  description = "IAM member of node-join."
  type        = string
}
variable "api" {
  description = "IAM member of the API."
  type        = string
}
