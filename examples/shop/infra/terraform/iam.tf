data "aws_iam_policy_document" "release" {
  statement {
    actions   = ["*"]
    resources = ["*"]
  }
}

resource "aws_iam_policy" "release" {
  name   = "shop-release"
  policy = data.aws_iam_policy_document.release.json
}

resource "aws_iam_user" "release" {
  name = "shop-release"
}

resource "aws_iam_user_policy_attachment" "release" {
  user       = aws_iam_user.release.name
  policy_arn = aws_iam_policy.release.arn
}

data "aws_iam_policy_document" "invoices" {
  statement {
    sid       = "Invoices"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${aws_s3_bucket.invoices.arn}/*"]
  }

  statement {
    sid       = "Metrics"
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "cloudwatch:namespace"
      values   = ["CornerShop"]
    }
  }
}

resource "aws_iam_role" "backend" {
  name = "shop-backend"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = ["sts:AssumeRole", "sts:TagSession"]
      Principal = { Service = "pods.eks.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "invoices" {
  name   = "invoices"
  role   = aws_iam_role.backend.id
  policy = data.aws_iam_policy_document.invoices.json
}

resource "aws_iam_role" "partner" {
  name = "shop-partner-reports"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = "*" }
    }]
  })
}
