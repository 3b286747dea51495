"""What detect, respond and notify would start with in Python: boto3, three clients, and the runtime's first poll."""

import os
import urllib.request

import boto3

clients = [boto3.client(name) for name in ("dynamodb", "iam", "sns")]
urllib.request.urlopen(f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation/next").read()
