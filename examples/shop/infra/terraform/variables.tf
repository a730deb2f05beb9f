variable "region" {
  description = "Where the shop runs"
  type        = string
  default     = "eu-central-1"
}

variable "office_cidr" {
  description = "Addresses of the office"
  type        = string
  default     = "203.0.113.0/24"
}

variable "db_user" {
  description = "Owner of the stock database"
  type        = string
  default     = "stock"
}

variable "db_password" {
  description = "Password of the stock database"
  type        = string
  sensitive   = true
}

variable "image" {
  description = "Image of the back end, by digest"
  type        = string
  default     = "ghcr.io/corner-shop/backend@sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"
}
